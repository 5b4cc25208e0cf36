#!/usr/bin/env python3
"""Writes guests.csv, the made-up hotel bookings of the tutorial: docs/make_guests.py > docs/guests.csv

Who cancels follows a rule with chance in it: long lead times, no deposit and the web make it likely, guests who came
before make it unlikely, and these effects multiply, so that no single column tells.
"""

import math
import random

ROWS = 2000


def main():
    draw = random.Random(11)
    print("booking_id,lead_days,nights,guests,channel,country,deposit,earlier_stays,price,cancelled")
    for row in range(ROWS):
        lead = min(365, int(draw.expovariate(1 / 60)))
        nights = 1 + min(13, int(draw.expovariate(1 / 2.5)))
        guests = draw.choices([1, 2, 3, 4], [25, 50, 15, 10])[0]
        channel = draw.choices(["web", "agency", "phone", "company"], [50, 25, 15, 10])[0]
        country = draw.choices(["DE", "AT", "IT", "FR", "PT"], [40, 20, 20, 15, 5])[0]
        deposit = draw.random() < (0.2 if channel == "web" else 0.4)
        earlier = draw.choices([0, 1, 2, 3, 6], [70, 12, 9, 6, 3])[0]
        price = round(nights * (55 + 25 * guests) * draw.uniform(0.8, 1.3), 2)
        score = -1.2 + 0.022 * lead - 1.6 * earlier + 0.6 * (channel == "web") - 1.2 * (channel == "company")
        score += 0.0012 * (price - 400) * (1 if channel == "web" else -0.5)
        score -= 6 * deposit if lead < 120 else 0
        cancelled = draw.random() < 1 / (1 + math.exp(-2 * score))
        shown = "" if draw.random() < 0.06 else f"{price:.2f}"
        print(f"{10001 + row},{lead},{nights},{guests},{channel},{country},{'yes' if deposit else 'no'},{earlier},"
              f"{shown},{'yes' if cancelled else 'no'}")


if __name__ == "__main__":
    main()
