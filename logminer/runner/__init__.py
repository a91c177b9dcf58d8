"""Running searches: who asks, who launches, who watches, and what ends it.

``search`` is the verb. A ``_plan`` says what to run; each worker turns the same ``_loop``: ask for a config
(``_asking``), claim the trial on the ``_board`` in the database, ``_launch`` it, ``_watch`` what it logs
(``_trial_log``) and stop it ``_early`` where it cannot win, record its ``_outcome``, until the search ``_ends``.
Workers share nothing but the board, so they may stand on one machine or on a cluster (``_away``), and any of them
may be killed.
"""
