"""What is done to a text before anybody judges it: pure, no input or output, linear in the text's length.

clean        a capture to a mention: markup, other people's quotes, length limits
normalise    the form that is matched, with the way back into the original
identifiers  one phone, e-mail, order number, VIN or plate in its one normal form
parts        the pieces that are not the author's words: addresses, @names, forwards, signatures
dates        times as Chinese pages write them
mask         personal values made unreadable for mails, logs, reports and errors
labels       the words that users see for every fact
"""
