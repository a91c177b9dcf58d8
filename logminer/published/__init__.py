"""What configs of many sources teach, papers and public code or tasks mined from logs: as priors that can be shared.

Records become statistics a parameter (``summarise``), judged on sources held out (``evidence``), and densities and
first configs in a user's own space (``marginals``, ``density``, ``projection``, ``ranking``); ``portable`` makes such a
prior of own logs.
"""
