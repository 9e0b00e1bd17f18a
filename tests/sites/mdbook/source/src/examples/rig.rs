use rig::lamp;

// ANCHOR: evening
fn evening() {
    // ANCHOR: inner
    lamp::light();
    // ANCHOR_END: inner
}
// ANCHOR_END: evening

fn main() {
    evening();
}
