//! What a process costs: its processor time and most memory, from `/proc`, and the time on the clock.

use linkspan::cancel::Cancel;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// How often a process is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// Milliseconds of a tick, on every Linux that there is.
const TICK: u64 = 10;

/// What one process cost.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cost {
    /// User and system time of all its threads.
    pub(crate) cpu: Duration,
    /// From start to end.
    pub(crate) wall: Duration,
    /// Most memory resident at once, in bytes.
    pub(crate) peak: u64,
    /// What it wrote to stdout.
    pub(crate) said: String,
}

/// Runs a command to its end, with its output in a file of `folder`.
pub(crate) fn measured(command: &mut Command, folder: &Path) -> Cost {
    let (said, complained) = (folder.join("stdout"), folder.join("stderr"));
    let file = |path: &Path| std::fs::File::create(path).expect("the folder is ours");
    let begun = Instant::now();
    let mut process = command.stdout(file(&said)).stderr(file(&complained)).spawn().expect("the program starts");
    let proc = Path::new("/proc").join(process.id().to_string());
    let nobody = Cancel::new();
    let mut cost = Cost::default();
    // An ended process that nobody has asked after still says what it cost, but not how much memory it had.
    while !stat(&proc).is_some_and(|(ended, cpu)| {
        cost.cpu = cpu;
        ended
    }) {
        cost.peak = peak(&proc).unwrap_or_default().max(cost.peak);
        let _slept = nobody.sleep(LOOK).is_ok();
    }
    cost.wall = begun.elapsed();
    let status = process.wait().expect("it is ours");
    cost.said = std::fs::read_to_string(&said).unwrap_or_default();
    let complaint = std::fs::read_to_string(&complained).unwrap_or_default();
    // 1 says that rows failed, which whoever asked knows.
    assert!(matches!(status.code(), Some(0 | 1)), "{command:?}: {status}\n{}\n{complaint}", cost.said);
    cost
}

/// Whether a process has ended, and its processor time so far.
fn stat(proc: &Path) -> Option<(bool, Duration)> {
    let stat = std::fs::read_to_string(proc.join("stat")).ok()?;
    // The name before it may hold anything.
    let (_, rest) = stat.rsplit_once(')')?;
    let words: Vec<_> = rest.split_ascii_whitespace().collect();
    let ticks: u64 = words[11].parse::<u64>().ok()? + words[12].parse::<u64>().ok()?;
    Some((words[0] == "Z", Duration::from_millis(ticks * TICK)))
}

fn peak(proc: &Path) -> Option<u64> {
    let status = std::fs::read_to_string(proc.join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? << 10)
}

/// Processor time of some work on this thread.
pub(crate) fn cpu_of(work: impl FnOnce()) -> Duration {
    let before = on_this_thread();
    work();
    on_this_thread() - before
}

fn on_this_thread() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux counts it");
    Duration::from_nanos(stat.split(' ').next().and_then(|nanos| nanos.parse().ok()).expect("it is a number"))
}
