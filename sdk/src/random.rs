//! Random bytes of the operating system.

/// As many as are asked for.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks for random bytes"
)]
pub(crate) fn bytes<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map(|()| bytes)
}
