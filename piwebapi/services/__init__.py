"""Writing: the only place that changes rows, for REST, admin, import and demo alike."""
