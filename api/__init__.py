"""HTTP routes, the command line, and the processes that serve them (planner, jobs, supervisor)."""
