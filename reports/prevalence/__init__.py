"""Frames in which the machine found nothing, kept with consent: how much does it overlook?"""
