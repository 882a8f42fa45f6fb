"""Other people's tools as clients: adapters in the shape that each of them asks for; none is needed to import these."""
