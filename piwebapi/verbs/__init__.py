"""What can be done with objects of any type: handlers that a declaration binds to a resource."""
