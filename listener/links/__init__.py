"""Links between what was said and customers: rulings, invitations, learnt weights, and what they do to cases."""
