"""Work orders (工单): what is still owed to somebody after a call, until its result."""
