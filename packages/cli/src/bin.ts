console.log('Usage: kadmium <command>')
