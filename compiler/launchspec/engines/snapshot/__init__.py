"""How the options of an engine version are found out: a probe runs its parser, a reader checks its source."""
