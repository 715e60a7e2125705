"""The embedded AWS: moto's server on 127.0.0.1 with engines that do the work behind its API."""
