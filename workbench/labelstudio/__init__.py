"""The only code that talks to Label Studio: the managed server, the client and the formats."""
