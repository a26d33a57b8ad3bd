"""What is promised of Label Studio and its annotators, measured."""
