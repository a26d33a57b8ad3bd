"""What a sync is made of: answers out, answers in, and labels that changed on the other side."""
