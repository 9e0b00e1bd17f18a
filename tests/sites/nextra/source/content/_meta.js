export default {
  index: 'Start',
  guide: 'Guide',
  tools: { title: 'Tools of the trade' },
}
