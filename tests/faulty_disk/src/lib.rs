//! A disk that fails when a test says so: the functions of the C library by which SQLite opens, reads, writes, cuts and
//! syncs files, for the program that this crate is linked to.
//!
//! A program's own functions come before those of a shared library, so SQLite, which is linked into the same program,
//! calls these. Each does what the C library's does, by the same system call, unless the file belongs to a database
//! whose [`Disk`] is to fail.
#![expect(
    unsafe_code,
    reason = "these functions are C's: they get raw pointers from SQLite and hand them to the kernel unread, but for the \
              path of open, which is a C string by its contract"
)]

use std::ffi::{CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use libc::{c_char, c_int, c_long, c_uint, c_void, off64_t, size_t, ssize_t};

/// What a program asks of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Reading from a file.
    Read,
    /// Writing to a file.
    Write,
    /// Having on the disk what was written.
    Sync,
    /// Cutting a file, or making it longer.
    Truncate,
    /// Opening a file.
    Open,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The disk is broken: EIO.
    Broken,
    /// The disk is full: ENOSPC.
    Full,
    /// The disk may only be read: EROFS, where a file is opened to write, too.
    ReadOnly,
    /// A write takes half of what it was given, and says so; any other call works.
    Short,
}

/// One failure of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Of these calls,
    pub call: Call,
    /// counted from one, from when the fault before this one happened,
    pub nth: usize,
    /// this one fails so,
    pub failure: Failure,
    /// and the others after it too, until the disk is mended.
    pub lasts: bool,
}

/// The disk that a database lies on. Mended when dropped.
#[derive(Debug)]
pub struct Disk {
    database: PathBuf,
}

/// What is to happen to the files of one database.
struct Plan {
    database: PathBuf,
    faults: Vec<Fault>,
    /// How many of them have happened,
    happened: usize,
    /// and how many calls the next one has counted.
    counted: usize,
}

static PLANS: Mutex<Vec<Plan>> = Mutex::new(Vec::new());
/// How many plans there are: without one a call costs nothing more.
static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Disk {
    /// The disk of this file, and of those whose names begin with its name: SQLite's `-wal`, `-shm` and `-journal`.
    pub fn of(database: &Path) -> Self {
        let database = database.to_owned();
        Self { database }
    }

    /// Has these faults happen from now on, one after the other.
    pub fn fail(&self, faults: &[Fault]) {
        let mut plans = plans();
        plans.retain(|plan| plan.database != self.database);
        plans.push(Plan {
            database: self.database.clone(),
            faults: faults.to_vec(),
            happened: 0,
            counted: 0,
        });
        COUNT.store(plans.len(), Ordering::SeqCst);
    }

    /// Works from now on; says how many faults have happened.
    pub fn mend(&self) -> usize {
        let mut plans = plans();
        let place = plans.iter().position(|plan| plan.database == self.database);
        let happened = place.map_or(0, |place| plans.swap_remove(place).happened);
        COUNT.store(plans.len(), Ordering::SeqCst);
        happened
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.mend();
    }
}

fn plans() -> MutexGuard<'static, Vec<Plan>> {
    PLANS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How this call on this file is to fail, if it is.
fn failure(call: Call, path: impl FnOnce() -> Option<PathBuf>) -> Option<Failure> {
    if COUNT.load(Ordering::SeqCst) == 0 {
        return None;
    }
    let path = path()?;
    let path = path.as_os_str().as_bytes();
    let mut plans = plans();
    let plan = plans
        .iter_mut()
        .find(|plan| path.starts_with(plan.database.as_os_str().as_bytes()))?;
    let last = plan.happened.checked_sub(1).map(|last| plan.faults[last]);
    let writes = matches!(call, Call::Write | Call::Truncate | Call::Open);
    let covers = |last: &Fault| last.call == call || last.failure == Failure::ReadOnly && writes;
    if let Some(last) = last.filter(|last| last.lasts && covers(last)) {
        return Some(last.failure);
    }
    let next = *plan.faults.get(plan.happened)?;
    if next.call != call {
        return None;
    }
    plan.counted += 1;
    if plan.counted < next.nth {
        return None;
    }
    plan.happened += 1;
    plan.counted = 0;
    Some(next.failure)
}

fn failure_at(call: Call, fd: c_int) -> Option<Failure> {
    failure(call, || {
        std::fs::read_link(format!("/proc/self/fd/{fd}")).ok()
    })
}

/// As the C library says that a call has failed; `None` where it is to be made.
fn error(failure: Option<Failure>) -> Option<c_int> {
    let code = match failure? {
        Failure::Broken => libc::EIO,
        Failure::Full => libc::ENOSPC,
        Failure::ReadOnly => libc::EROFS,
        Failure::Short => return None,
    };
    // SAFETY: the C library gives a thread the place of its own error number
    unsafe { *libc::__errno_location() = code };
    Some(-1)
}

/// How much of `count` is written.
fn part(failure: Option<Failure>, count: size_t) -> size_t {
    if failure == Some(Failure::Short) {
        count / 2
    } else {
        count
    }
}

fn wrote(answer: c_long) -> ssize_t {
    ssize_t::try_from(answer).unwrap_or(-1)
}

fn status(answer: c_long) -> c_int {
    c_int::try_from(answer).unwrap_or(-1)
}

/// As in POSIX.
///
/// # Safety
/// As in POSIX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(fd: c_int, from: *const c_void, count: size_t) -> ssize_t {
    let failure = failure_at(Call::Write, fd);
    if let Some(error) = error(failure) {
        return error as ssize_t;
    }
    // SAFETY: the caller's
    wrote(unsafe { libc::syscall(libc::SYS_write, fd, from, part(failure, count)) })
}

/// As in POSIX.
///
/// # Safety
/// As in POSIX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(
    fd: c_int,
    from: *const c_void,
    count: size_t,
    at: off64_t,
) -> ssize_t {
    let failure = failure_at(Call::Write, fd);
    if let Some(error) = error(failure) {
        return error as ssize_t;
    }
    // SAFETY: the caller's
    wrote(unsafe { libc::syscall(libc::SYS_pwrite64, fd, from, part(failure, count), at) })
}

/// As in POSIX.
///
/// # Safety
/// As in POSIX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pread64(
    fd: c_int,
    to: *mut c_void,
    count: size_t,
    at: off64_t,
) -> ssize_t {
    if let Some(error) = error(failure_at(Call::Read, fd)) {
        return error as ssize_t;
    }
    // SAFETY: the caller's
    wrote(unsafe { libc::syscall(libc::SYS_pread64, fd, to, count, at) })
}

/// As in POSIX.
#[unsafe(no_mangle)]
pub extern "C" fn fsync(fd: c_int) -> c_int {
    // SAFETY: a number alone
    error(failure_at(Call::Sync, fd))
        .unwrap_or_else(|| status(unsafe { libc::syscall(libc::SYS_fsync, fd) }))
}

/// As in POSIX.
#[unsafe(no_mangle)]
pub extern "C" fn fdatasync(fd: c_int) -> c_int {
    // SAFETY: a number alone
    error(failure_at(Call::Sync, fd))
        .unwrap_or_else(|| status(unsafe { libc::syscall(libc::SYS_fdatasync, fd) }))
}

/// As in POSIX.
#[unsafe(no_mangle)]
pub extern "C" fn ftruncate64(fd: c_int, length: off64_t) -> c_int {
    // SAFETY: numbers alone
    error(failure_at(Call::Truncate, fd))
        .unwrap_or_else(|| status(unsafe { libc::syscall(libc::SYS_ftruncate, fd, length) }))
}

/// As in POSIX, where the last argument may be missing: then the kernel does not look at it.
///
/// # Safety
/// As in POSIX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: c_uint) -> c_int {
    let name = || {
        // SAFETY: the caller's path is a C string
        let bytes = unsafe { CStr::from_ptr(path) }.to_bytes();
        Some(PathBuf::from(OsStr::from_bytes(bytes)))
    };
    let is_read = flags & libc::O_ACCMODE == libc::O_RDONLY;
    let failure = failure(Call::Open, name);
    let failure = failure.filter(|failure| *failure != Failure::ReadOnly || !is_read);
    // SAFETY: the caller's
    error(failure).unwrap_or_else(|| {
        status(unsafe { libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path, flags, mode) })
    })
}
