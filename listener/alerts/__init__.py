"""From a decided case to a sent mail: rules, routing, deadlines, throttle, rendering, delivery.

CaseDecision ─rules─▶ Alert ─routing─▶ recipients ─▶ outbox (store) ─throttle, render─▶ notifier
"""
