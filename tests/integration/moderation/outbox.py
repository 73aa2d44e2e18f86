"""What is sent, kept instead of handed to a broker."""

from moderation.dispatch import Order


class Outbox:
    """Takes orders as the dispatcher does, and keeps them."""

    def __init__(self) -> None:
        self.orders: list[Order] = []

    def send(self, order: Order) -> None:
        self.orders.append(order)
