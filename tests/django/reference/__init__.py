"""The service that Gatepost replaces, in Django: what the tests compare Gatepost with."""
