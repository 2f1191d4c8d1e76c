"""Who is for or against whom, from scored records: :func:`stance.network.build.build` is the call behind ``stance network``."""
