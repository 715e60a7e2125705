"""What runs inside a child: started by path in a bare interpreter, so each file uses the standard library only."""
