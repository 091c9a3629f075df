"""Learning resources, the CPD log and assignments."""
