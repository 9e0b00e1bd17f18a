export default { index: 'Overview', spring: '', harvest: 'Harvest' }
