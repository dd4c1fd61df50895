"""What chose the course's network: trials, measuring scripts, the recipes of the ablations. Learners' code loads none
of it; `README.md` says which question each part answered.
"""
