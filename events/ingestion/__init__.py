"""Ingestion: from any PI Web API server into the lake and into this server, on a schedule, exactly once."""
