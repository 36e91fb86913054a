//! Files people have: what they are, how they are read, and the rows they hold.
