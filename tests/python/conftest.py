"""Data that several tests use; all of it is made here."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def digits():
    """300 rows of 10 numbers in 3 classes that a network can tell apart: (x, labels)."""
    random = np.random.RandomState(3)
    labels = random.randint(3, size=300)
    centres = random.normal(size=(3, 10)) * 2
    return (centres[labels] + random.normal(size=(300, 10))).astype(np.float32), labels


def make_guests(rows, seed):
    """A table with numbers, texts, booleans and gaps; whether a booking is cancelled follows from it, with noise."""
    random = np.random.RandomState(seed)
    nights = random.randint(1, 15, size=rows).astype(float)
    country = random.choice(["CH", "NO", "PT"], size=rows).astype(object)
    paid = random.rand(rows) < 0.5
    price = np.round(50 + 20 * nights + 10 * random.normal(size=rows), 2)
    score = nights / 5 - 2.5 * paid + (country == "PT") + 0.3 * random.normal(size=rows)
    frame = pd.DataFrame({"nights": nights, "country": country, "paid": paid, "price": price})
    frame.loc[random.rand(rows) < 0.1, "nights"] = np.nan
    frame.loc[random.rand(rows) < 0.1, "country"] = None
    frame["cancelled"] = np.where(score > 0.5, "yes", "no")
    return frame


@pytest.fixture(scope="session")
def guests():
    return make_guests(500, 1)


@pytest.fixture(scope="session")
def later_guests():
    return make_guests(200, 2)
