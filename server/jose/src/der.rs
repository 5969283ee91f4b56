//! The two numbers of an `RSAPublicKey` (RFC 8017), which aws-lc-rs has checked and written itself.

/// Modulus and exponent, without leading zeros.
pub(crate) fn rsa_numbers(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (sequence, _) = element(der, 0x30)?;
    let (n, rest) = element(sequence, 0x02)?;
    let (e, _) = element(rest, 0x02)?;
    Some((trimmed(n), trimmed(e)))
}

/// The content of the element of this tag that comes first, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = if length < 0x80 {
        (usize::from(length), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
        let number = |all: usize, byte: &u8| all.checked_mul(256)?.checked_add((*byte).into());
        (bytes.iter().try_fold(0, number)?, rest)
    };
    (first == tag)
        .then(|| rest.split_at_checked(length))
        .flatten()
}

/// A number without the zeros before it.
pub(crate) fn trimmed(number: &[u8]) -> Vec<u8> {
    let start = number.iter().position(|byte| *byte != 0);
    number[start.unwrap_or(number.len())..].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_what_is_cut_off_is_none() {
        let der = [0x30, 0x81, 8, 2, 3, 0, 0x81, 5, 2, 1, 3, 99];
        assert_eq!(rsa_numbers(&der), Some((vec![0x81, 5], vec![3])));
        for end in 0..der.len() - 1 {
            assert_eq!(rsa_numbers(&der[..end]), None, "{end}");
        }
        assert_eq!(rsa_numbers(&[0x30, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1]), None);
    }
}
