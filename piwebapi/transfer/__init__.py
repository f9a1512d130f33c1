"""Reading exports of other PI systems."""
