const onEvent = require('./on-event')

module.exports = {
  ...onEvent,
  title: "One event at a time, through onEvent, with the published destination's default mapping",
  contestants: ['ours', 'peer'],

  run: (contestant, options) => onEvent.run(contestant, options, options.peerMapping)
}
