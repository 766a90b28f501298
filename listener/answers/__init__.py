"""What somebody answers to one of our mails: commands, results, free text, and how they stand in a mail. Pure."""
