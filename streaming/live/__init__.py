"""Live delivery: values pushed to sockets as they come."""
