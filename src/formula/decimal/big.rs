//! Whole numbers of up to 512 bits, for the decimals that do not fit into 128: division to 39 digits, products of wide factors.
//!
//! Everything is exact; callers keep their operands below 192 bits, so that a product or an aligned sum always fits.

use std::cmp::Ordering;

const LIMBS: usize = 8;
/// The largest power of ten that fits into a limb.
pub(super) const CHUNK: u32 = 19;
const CHUNK_POWER: u64 = 10u64.pow(CHUNK);

/// A whole number, least significant limb first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Big([u64; LIMBS]);

impl Big {
    pub(super) const ZERO: Big = Big([0; LIMBS]);

    pub(super) fn from_u128(value: u128) -> Big {
        let mut limbs = [0; LIMBS];
        limbs[0] = value as u64;
        limbs[1] = (value >> 64) as u64;
        Big(limbs)
    }

    pub(super) fn from_limbs([a, b, c]: [u64; 3]) -> Big {
        Big([a, b, c, 0, 0, 0, 0, 0])
    }

    /// The lowest limbs, if there are no others.
    pub(super) fn to_limbs(self) -> Option<[u64; 3]> {
        let [a, b, c, rest @ ..] = self.0;
        (rest == [0; 5]).then_some([a, b, c])
    }

    pub(super) fn to_u64(self) -> Option<u64> {
        let [a, rest @ ..] = self.0;
        (rest == [0; 7]).then_some(a)
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0 == [0; LIMBS]
    }

    /// Limbs in use.
    fn len(&self) -> usize {
        LIMBS - self.0.iter().rev().take_while(|limb| **limb == 0).count()
    }

    /// `self * factor + carry`. What grows beyond 512 bits is lost; callers see to it that nothing does.
    pub(super) fn times(mut self, factor: u64, carry: u64) -> Big {
        let mut carry = u128::from(carry);
        for limb in &mut self.0 {
            carry += u128::from(*limb) * u128::from(factor);
            *limb = carry as u64;
            carry >>= 64;
        }
        self
    }

    /// `self * 10^power`.
    pub(super) fn scaled(mut self, mut power: u32) -> Big {
        while power > CHUNK {
            self = self.times(CHUNK_POWER, 0);
            power -= CHUNK;
        }
        self.times(10u64.pow(power), 0)
    }

    /// `self / divisor` and the remainder.
    pub(super) fn over(mut self, divisor: u64) -> (Big, u64) {
        let mut rest = 0u128;
        for limb in self.0.iter_mut().rev() {
            rest = (rest << 64) | u128::from(*limb);
            if rest == 0 {
                continue;
            }
            *limb = (rest / u128::from(divisor)) as u64;
            rest %= u128::from(divisor);
        }
        (self, rest as u64)
    }

    /// `self / 10^power` without its decimals, the first of them, and whether anything but zeros was cut off.
    pub(super) fn shortened(mut self, mut power: u32) -> (Big, u8, bool) {
        if power == 0 {
            return (self, 0, false);
        }
        let mut lost = false;
        while power > CHUNK {
            let (rest, cut) = self.over(CHUNK_POWER);
            lost |= cut != 0;
            self = rest;
            power -= CHUNK;
        }
        let (rest, cut) = self.over(10u64.pow(power));
        let first = (cut / 10u64.pow(power - 1)) as u8;
        (rest, first, lost || cut != 0)
    }

    pub(super) fn plus(mut self, other: &Big) -> Big {
        let mut carry = 0u128;
        for (limb, more) in self.0.iter_mut().zip(other.0) {
            carry += u128::from(*limb) + u128::from(more);
            *limb = carry as u64;
            carry >>= 64;
        }
        self
    }

    /// `self - other`, where `other` is not the larger.
    pub(super) fn minus(mut self, other: &Big) -> Big {
        let mut borrow = false;
        for (limb, less) in self.0.iter_mut().zip(other.0) {
            let (step, first) = limb.overflowing_sub(less);
            let (step, second) = step.overflowing_sub(u64::from(borrow));
            *limb = step;
            borrow = first || second;
        }
        self
    }

    /// The product of two numbers below 256 bits.
    pub(super) fn product(&self, other: &Big) -> Big {
        let mut limbs = [0u64; LIMBS];
        for (i, a) in self.0.iter().take(self.len()).enumerate() {
            let mut carry = 0u128;
            for (slot, b) in limbs[i..].iter_mut().zip(other.0) {
                carry += u128::from(*a) * u128::from(b) + u128::from(*slot);
                *slot = carry as u64;
                carry >>= 64;
            }
        }
        Big(limbs)
    }

    fn bits(&self) -> usize {
        let len = self.len();
        if len == 0 { 0 } else { len * 64 - self.0[len - 1].leading_zeros() as usize }
    }

    fn doubled(mut self, low: bool) -> Big {
        let mut carry = u64::from(low);
        for limb in &mut self.0 {
            let next = *limb >> 63;
            *limb = (*limb << 1) | carry;
            carry = next;
        }
        self
    }

    /// `self / divisor` and the remainder; the divisor is not zero and below 511 bits.
    pub(super) fn divided(self, divisor: &Big) -> (Big, Big) {
        if divisor.len() == 1 {
            let (quotient, rest) = self.over(divisor.0[0]);
            return (quotient, Big::from_u128(u128::from(rest)));
        }
        // Bit by bit: rare, and simple enough to be right.
        let (mut quotient, mut rest) = (Big::ZERO, Big::ZERO);
        for bit in (0..self.bits()).rev() {
            rest = rest.doubled((self.0[bit / 64] >> (bit % 64)) & 1 == 1);
            let fits = rest.cmp(divisor) != Ordering::Less;
            if fits {
                rest = rest.minus(divisor);
            }
            quotient = quotient.doubled(fits);
        }
        (quotient, rest)
    }

    /// How many decimal digits it has; 0 has none.
    pub(super) fn digits(&self) -> u32 {
        if self.is_zero() {
            return 0;
        }
        // log10(2) from below; off by one at most.
        let least = ((self.bits() - 1) as u64 * 30103 / 100_000) as u32;
        let power = Big::from_u128(1).scaled(least + 1);
        least + 1 + u32::from(self.cmp(&power) != Ordering::Less)
    }

    /// Its decimal digits.
    pub(super) fn write(mut self, out: &mut String) {
        use std::fmt::Write as _;
        let mut chunks = Vec::new();
        while !self.is_zero() {
            let (rest, chunk) = self.over(CHUNK_POWER);
            chunks.push(chunk);
            self = rest;
        }
        let first = chunks.pop().unwrap_or(0);
        // Writing to a String cannot fail.
        let mut _infallible = write!(out, "{first}").is_ok();
        for chunk in chunks.iter().rev() {
            _infallible = write!(out, "{chunk:019}").is_ok();
        }
    }

    pub(super) fn cmp(&self, other: &Big) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}
