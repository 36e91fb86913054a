//! What writing costs, for those who measure it. Only in a build with the feature `store-cost`: the processor time of every write goes to
//! the file that `LINKSPAN_STORE_COST` names, in nanoseconds, a line each. Any other build runs the work and nothing else.

#[cfg(feature = "store-cost")]
pub(super) use measured::counted;

/// Runs some work of writing.
#[cfg(not(feature = "store-cost"))]
pub(super) fn counted<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[cfg(feature = "store-cost")]
mod measured {
    use std::io::Write as _;
    use std::path::PathBuf;
    use std::sync::LazyLock;

    static FILE: LazyLock<Option<PathBuf>> =
        LazyLock::new(|| std::env::var_os("LINKSPAN_STORE_COST").map(PathBuf::from));

    /// Runs some work of writing, and writes down what it cost.
    pub(in super::super) fn counted<T>(work: impl FnOnce() -> T) -> T {
        let Some(file) = &*FILE else { return work() };
        let before = on_this_thread();
        let done = work();
        if let (Some(before), Some(after)) = (before, on_this_thread()) {
            let file = std::fs::File::options().create(true).append(true).open(file);
            let _a_lost_figure_is_no_error = file.and_then(|mut file| writeln!(file, "{}", after - before)).is_ok();
        }
        done
    }

    /// Nanoseconds that this thread has had a processor.
    fn on_this_thread() -> Option<u64> {
        std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
    }
}
