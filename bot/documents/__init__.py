"""Documents through the chat and the shell: sent, listed, corrected, withdrawn; reloads of the index."""
