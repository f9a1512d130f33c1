"""Pages over the Asset Framework, and what the pages of all apps are made with."""
