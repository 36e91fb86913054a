//! A small source of repeatable chance, for shuffles and faults: the same seed gives the same bad day.

/// xorshift64*.
#[derive(Debug, Clone)]
pub(crate) struct Noise(u64);

impl Noise {
    /// Starts from a seed; zero is replaced because xorshift cannot leave it.
    pub(crate) fn new(seed: u64) -> Self {
        Noise(if seed == 0 { 0x9E37_79B9_7F4A_7C15 } else { seed })
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `end`, which must not be zero.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// True in this share of calls, 0.0 to 1.0.
    pub(crate) fn happens(&mut self, share: f64) -> bool {
        ((self.next() >> 11) as f64 / (1u64 << 53) as f64) < share
    }

    /// Fisher and Yates.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
