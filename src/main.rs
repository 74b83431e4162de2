//! The program: reads its arguments and runs one command.

use std::process::ExitCode;

/// 16 KiB record buffers come and go with every write.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    daybreak::cli::main()
}
