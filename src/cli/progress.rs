//! Progress bars: only where a person looks at a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar of so many steps on stderr; hidden when stderr is not a terminal.
pub fn bar(what: &'static str, steps: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{msg:>16} [{bar:30}] {pos}/{len} {eta}")
        .expect("a fixed template")
        .progress_chars("=> ");
    bar.set_style(style);
    bar.set_message(what);
    bar
}
