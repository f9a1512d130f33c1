from hypothesis import settings

# The machines that run this are shared: an example that waited is not a slow example.
settings.register_profile("core", deadline=None)
settings.load_profile("core")
