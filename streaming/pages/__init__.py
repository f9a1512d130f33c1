"""Pages over streams: watching live values, drawing history."""
