"""What runs, responses and turns have in common.

One worker asks the model, carries out its calls and asks again, whatever API the work came by. How
the work is kept and shown is each API's own.
"""
