//! Hashing of passwords away from the async threads: threads of its own, which give way to the others, and a line before
//! them, in which nobody waits for long.

use std::{
    io,
    num::NonZeroU32,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Instant,
};

use django::hashers::{self, HashMatch, Preferred, Scratch};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;

use super::counter::{Counter, Door};
use crate::entropy::Entropy;
use crate::http::error::Error;
use crate::settings::{self, PreferredHash};
use crate::throttle::Attempt;

/// The hashing threads; they end with the last clone.
#[derive(Clone)]
pub(crate) struct HashingPool {
    preferred: Preferred,
    entropy: Entropy,
    door: Arc<Door<Job>>,
    computed: Arc<Counts>,
}

/// A password would wait for too long: answered 503.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Busy {
    /// How long those take that are there already.
    seconds: u64,
}

impl From<Busy> for Error {
    #[track_caller]
    fn from(busy: Busy) -> Self {
        Self::overloaded_for(busy.seconds, "too many password hashes wait")
    }
}

/// What a password is to a user's stored hash.
pub(crate) struct PasswordCheck {
    /// It is the user's.
    pub(crate) right: bool,
    /// The hash to store instead of the one that was read.
    pub(crate) rewrite: Option<String>,
    /// The stored hash cannot be read, which an operator should know.
    pub(crate) malformed: bool,
}

/// The niceness of the hashing threads: where all cores are at work, one gets a tenth of what another thread gets.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// What hashes, if its caller is still there, and whether it did.
type Job = Box<dyn FnOnce(&mut Scratch) -> bool + Send>;

#[derive(Default)]
struct Counts {
    hashes: AtomicU64,
    iterations: AtomicU64,
}

impl HashingPool {
    /// Starts a thread for each core; `passwords.queue` passwords at most may wait for them.
    ///
    /// # Errors
    /// The threads can't be started, or a hash would have no iterations.
    pub(crate) fn new(passwords: &settings::Passwords, entropy: Entropy) -> io::Result<Self> {
        let iterations = NonZeroU32::new(passwords.iterations).ok_or_else(|| {
            io::Error::other("passwords.iterations is 0, and a hash needs one at least")
        })?;
        let preferred = match passwords.preferred {
            PreferredHash::Pbkdf2Sha256 => Preferred::Pbkdf2 { iterations },
            PreferredHash::Argon2 => Preferred::Argon2,
        };
        let door = Door::new(threads(), passwords.queue);
        for number in 1..=threads() {
            let counter = door.counter();
            thread::Builder::new()
                .name(format!("passwords-{number}"))
                .spawn(move || serve(&counter))?;
        }
        Ok(Self {
            preferred,
            entropy,
            door: Arc::new(door),
            computed: Arc::default(),
        })
    }

    /// Whether a password of this attempt would be let in, before it has cost anything.
    ///
    /// # Errors
    /// It would not.
    pub(crate) fn must_have_room(&self, attempt: &Attempt) -> Result<(), Busy> {
        if self.door.has_room(attempt) {
            Ok(())
        } else {
            Err(self.busy())
        }
    }

    /// How many passwords wait for a thread.
    pub(crate) fn waiting(&self) -> usize {
        self.door.waiting()
    }

    fn busy(&self) -> Busy {
        let wait = self.door.wait();
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Busy {
            seconds: seconds.max(1),
        }
    }

    /// `make_password`.
    pub(crate) async fn hash(
        &self,
        password: SecretString,
        attempt: &Attempt,
    ) -> Result<String, Busy> {
        let (preferred, salt) = (self.preferred, self.salt());
        self.run(attempt, move |scratch| {
            hashers::encode(password.expose_secret(), &salt, preferred, scratch)
        })
        .await
    }

    /// `check_password`; `encoded` is None where there is no such user.
    ///
    /// A refusal costs one preferred hash, as in Django: only another format costs what it costs.
    pub(crate) async fn check(
        &self,
        password: SecretString,
        encoded: Option<SecretString>,
        attempt: &Attempt,
    ) -> Result<PasswordCheck, Busy> {
        let (preferred, salt) = (self.preferred, self.salt());
        self.run(attempt, move |scratch| {
            check(
                password.expose_secret(),
                encoded.as_ref().map(ExposeSecret::expose_secret),
                &salt,
                preferred,
                scratch,
            )
        })
        .await
    }

    /// A fresh salt of Django's length: more than 128 bits.
    fn salt(&self) -> String {
        self.entropy.alphanumeric(hashers::SALT_LENGTH)
    }

    /// How many hashes of any format and iterations of PBKDF2 were computed up to now: a hash is counted before its
    /// caller has it, and missing iterations count as part of the hash that they complete.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn computed(&self) -> (u64, u64) {
        (
            self.computed.hashes.load(Ordering::Relaxed),
            self.computed.iterations.load(Ordering::Relaxed),
        )
    }

    async fn run<T: Send + 'static>(
        &self,
        attempt: &Attempt,
        work: impl FnOnce(&mut Scratch) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let (reply, done) = oneshot::channel();
        let computed = Arc::clone(&self.computed);
        let job: Job = Box::new(move |scratch| {
            if reply.is_closed() {
                return false; // the caller has gone while this waited
            }
            // a panic is the caller's, the thread lives on
            let result = catch_unwind(AssertUnwindSafe(|| work(scratch)));
            let (hashes, iterations) = scratch.take_counts();
            computed.hashes.fetch_add(hashes, Ordering::Relaxed);
            computed.iterations.fetch_add(iterations, Ordering::Relaxed);
            let _ = reply.send(result); // the caller may have gone by now
            true
        });
        self.door.join(job, attempt);
        match done.await {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(panic)) => resume_unwind(panic),
            // it was sent away
            Err(_) => Err(self.busy()),
        }
    }
}

/// How many threads hash.
fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// A thread's life: it measures each hash, which tells how many may wait.
fn serve(counter: &Counter<Job>) {
    give_way();
    let mut scratch = Scratch::default();
    while let Some(job) = counter.next() {
        let begun = Instant::now();
        let has_hashed = job(&mut scratch);
        counter.end(has_hashed.then(|| begun.elapsed()));
    }
}

/// Gives this thread a low priority: nobody sees whether a quarter of a second is a little longer, but a request of
/// 50 µs would be many times longer behind it.
fn give_way() {
    // on Linux alone a thread has a priority of its own
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(cause = %error, "a thread that hashes keeps its priority");
    }
}

fn check(
    password: &str,
    encoded: Option<&str>,
    salt: &str,
    preferred: Preferred,
    scratch: &mut Scratch,
) -> PasswordCheck {
    let found = encoded.map_or(HashMatch::Unusable, |encoded| {
        hashers::verify(password, encoded, preferred, scratch)
    });
    match found {
        HashMatch::Right { rewrite } => {
            return PasswordCheck {
                right: true,
                rewrite: rewrite.then(|| hashers::encode(password, salt, preferred, scratch)),
                malformed: false,
            };
        }
        HashMatch::Wrong { missing_iterations } => {
            if let Some(missing) = NonZeroU32::new(missing_iterations) {
                hashers::harden(password, salt, missing, scratch);
            }
        }
        HashMatch::Unusable | HashMatch::Malformed => {
            hashers::encode(password, salt, preferred, scratch);
        }
    }
    PasswordCheck {
        right: false,
        rewrite: None,
        malformed: found == HashMatch::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        cell::RefCell,
        pin::pin,
        sync::{Barrier, mpsc},
        task::{Context, Poll, Waker},
        time::Duration,
    };

    /// 1000 iterations.
    const OF_PASSWORD: &str =
        "pbkdf2_sha256$1000$abcdefghijklmnopqrstuv$6X+cRMGjvHQf6X3lau3g8Q2BVbQ2VoXZHa/wt+Psw9o=";
    const PASSWORD: &str = "pässwörd €";

    fn passwords(iterations: u32, queue: usize) -> HashingPool {
        let mut settings = settings::Settings::default().passwords;
        (settings.iterations, settings.queue) = (iterations, queue);
        HashingPool::new(&settings, Entropy::seeded(1)).unwrap()
    }

    fn nobody() -> Attempt {
        Attempt::default()
    }

    fn poll_once<T>(future: std::pin::Pin<&mut impl Future<Output = T>>) -> Poll<T> {
        future.poll(&mut Context::from_waker(Waker::noop()))
    }

    /// Occupies every thread until the returned values are dropped.
    fn occupy(passwords: &HashingPool) -> Vec<mpsc::Sender<()>> {
        let (started, has_started) = mpsc::channel();
        (0..threads())
            .map(|_| {
                let (gate, closed) = mpsc::channel::<()>();
                let started = started.clone();
                let job = Box::new(move |_: &mut Scratch| {
                    started.send(()).unwrap();
                    let _ = closed.recv();
                    false
                });
                passwords.door.join(job, &nobody());
                has_started.recv_timeout(Duration::from_secs(30)).unwrap();
                gate
            })
            .collect()
    }

    #[tokio::test]
    async fn a_refusal_costs_one_preferred_hash() {
        let passwords = passwords(1500, 4);
        for (encoded, password, malformed) in [
            (None, PASSWORD, false),
            (Some("!unusable"), PASSWORD, false),
            (Some(""), PASSWORD, false),
            (
                Some("md5$salt$e486faa6e2ac4d9865df13f0a11f6163"),
                PASSWORD,
                true,
            ),
            (Some("pbkdf2_sha256$1000"), PASSWORD, true),
            (Some(OF_PASSWORD), "wrong", false),
        ] {
            let before = passwords.computed();
            let check = passwords
                .check(password.into(), encoded.map(Into::into), &nobody())
                .await
                .unwrap();
            assert!(!check.right && check.rewrite.is_none(), "{encoded:?}");
            assert_eq!(check.malformed, malformed, "{encoded:?}");
            let after = passwords.computed();
            assert_eq!(after, (before.0 + 1, before.1 + 1500), "{encoded:?}");
        }
    }

    #[tokio::test]
    async fn the_right_password_brings_a_rewrite_where_django_rewrites() {
        for (iterations, rewritten) in [(1000, false), (1500, true)] {
            let passwords = passwords(iterations, 4);
            let check = passwords
                .check(PASSWORD.into(), Some(OF_PASSWORD.into()), &nobody())
                .await
                .unwrap();
            assert!(check.right && !check.malformed);
            let rewrite = check.rewrite.map(|encoded| {
                let scratch = &mut Scratch::default();
                hashers::verify(PASSWORD, &encoded, passwords.preferred, scratch)
            });
            let good = HashMatch::Right { rewrite: false };
            assert_eq!(rewrite, rewritten.then_some(good));
        }
    }

    #[test]
    fn no_iterations_make_no_hash() {
        let mut settings = settings::Settings::default().passwords;
        settings.iterations = 0;
        assert!(HashingPool::new(&settings, Entropy::seeded(1)).is_err());
    }

    #[tokio::test]
    async fn hashes_run_on_threads_of_the_pool() {
        let name = passwords(1, 1)
            .run(&nobody(), |_| thread::current().name().map(str::to_owned))
            .await
            .unwrap();
        assert!(name.unwrap().starts_with("passwords-"));
    }

    #[tokio::test]
    async fn a_full_queue_is_busy() {
        let passwords = passwords(1, 1);
        let occupied = occupy(&passwords);
        let nobody = nobody();
        let mut waiting = pin!(passwords.hash(PASSWORD.into(), &nobody));
        assert!(poll_once(waiting.as_mut()).is_pending());
        let refused = passwords.hash(PASSWORD.into(), &nobody).await;
        assert_eq!(refused, Err(Busy { seconds: 1 }));
        assert_eq!(passwords.must_have_room(&nobody), Err(Busy { seconds: 1 }));
        drop(occupied);
        assert!(waiting.await.is_ok());
    }

    #[tokio::test]
    async fn callers_that_leave_cost_nothing_and_break_nothing() {
        let passwords = passwords(1, 2);
        let occupied = occupy(&passwords); // whose callers have left already
        {
            let nobody = nobody();
            let leaving = pin!(passwords.hash(PASSWORD.into(), &nobody));
            assert!(poll_once(leaving).is_pending());
        }
        drop(occupied);
        assert!(passwords.hash(PASSWORD.into(), &nobody()).await.is_ok());
        // the one that left was before it in the queue, but another thread may still hold that
        drop(occupy(&passwords));
        assert_eq!(passwords.computed(), (1, 1));
    }

    #[tokio::test]
    async fn a_panic_reaches_the_caller_and_leaves_the_threads() {
        let passwords = passwords(1, 1);
        for _ in 0..=threads() {
            let passwords = passwords.clone();
            let failed =
                tokio::spawn(async move { passwords.run(&nobody(), |_| panic!("a defect")).await });
            assert!(failed.await.unwrap_err().is_panic());
        }
        assert!(passwords.hash(PASSWORD.into(), &nobody()).await.is_ok());
    }

    #[test]
    fn the_threads_end_with_the_last_handle() {
        thread_local! { static ALIVE: RefCell<Option<mpsc::Sender<()>>> = const { RefCell::new(None) } }
        let passwords = passwords(1, threads());
        let (alive, ended) = mpsc::channel();
        let all = Arc::new(Barrier::new(threads() + 1));
        for _ in 0..threads() {
            let (alive, all) = (alive.clone(), Arc::clone(&all));
            let job = Box::new(move |_: &mut Scratch| {
                ALIVE.set(Some(alive));
                all.wait();
                false
            });
            passwords.door.join(job, &nobody());
        }
        drop(alive);
        all.wait();
        let clone = passwords.clone();
        drop(passwords);
        assert_eq!(ended.try_recv(), Err(mpsc::TryRecvError::Empty));
        let (done, is_done) = mpsc::channel();
        let job = Box::new(move |_: &mut Scratch| done.send(()).is_err());
        clone.door.join(job, &nobody());
        is_done.recv_timeout(Duration::from_secs(30)).unwrap();
        drop(clone);
        assert_eq!(
            ended.recv_timeout(Duration::from_secs(30)),
            Err(mpsc::RecvTimeoutError::Disconnected)
        );
    }
}
