import math


# begin
def level(hour: float) -> float:
    return 2 * math.sin(hour)


# end
print(level(6))
