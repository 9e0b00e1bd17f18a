kite = {"height": 0}
kite["height"] = 30
kite.clear()
