"""What every process of the project needs: signals, locks of first use, progress, errors in a sentence."""
