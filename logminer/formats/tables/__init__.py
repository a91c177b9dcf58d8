"""Tables: how they are written, what shape they have, and the runs and points they hold."""
