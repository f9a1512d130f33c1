"""The demo plant: what there is (facts, facilities, templates, uoms, frames: pure) and how it is loaded."""
