//! The admin site.

#[cfg_attr(
    not(test),
    expect(
        dead_code,
        unused_imports,
        reason = "the routes that show the pages are written beside them"
    )
)]
mod pages;
